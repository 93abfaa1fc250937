locals {
  name = replace(var.prefix, "_", "-")
  cidr = "10.62.0.0/20"
  zone = "${var.region}-b"

  # Chosen here and not by the cloud: clients are told before the machine is there.
  broker_ip      = cidrhost(local.cidr, 10)
  broker_address = "${local.broker_ip}:9092"

  # Where Google's proxy for SSH comes from; the only way to a shell.
  iap_range = "35.235.240.0/20"
}

# No machine has an address on the internet, and none needs it: images, secrets and BigQuery are
# reached by Google's private access.
resource "google_compute_network" "network" {
  auto_create_subnetworks = false
  description             = "Tallyhouse, deployment ${local.name}"
  name                    = local.name
  project                 = var.project_id

  depends_on = [google_project_service.api]
}

resource "google_compute_subnetwork" "subnet" {
  description              = "Tallyhouse, deployment ${local.name}"
  ip_cidr_range            = local.cidr
  name                     = local.name
  network                  = google_compute_network.network.id
  private_ip_google_access = true
  project                  = var.project_id
  region                   = var.region
}

resource "google_compute_firewall" "broker" {
  description             = "Kafka's protocol, from the subnet"
  direction               = "INGRESS"
  name                    = "${local.name}-broker"
  network                 = google_compute_network.network.id
  project                 = var.project_id
  source_ranges           = [local.cidr]
  target_service_accounts = [google_service_account.broker.email]

  allow {
    ports    = ["9092"]
    protocol = "tcp"
  }
}

resource "google_compute_firewall" "spark" {
  description = "Spark's driver and executors, among themselves"
  direction   = "INGRESS"
  name        = "${local.name}-spark"
  network     = google_compute_network.network.id
  project     = var.project_id
  source_tags = [local.spark_tag]
  target_tags = [local.spark_tag]

  allow {
    ports    = ["1024-65535"]
    protocol = "tcp"
  }
}

resource "google_compute_firewall" "ssh" {
  description             = "A shell on the broker, by Google's identity-aware proxy"
  direction               = "INGRESS"
  name                    = "${local.name}-ssh"
  network                 = google_compute_network.network.id
  project                 = var.project_id
  source_ranges           = [local.iap_range]
  target_service_accounts = [google_service_account.broker.email]

  allow {
    ports    = ["22"]
    protocol = "tcp"
  }
}
