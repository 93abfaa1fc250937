# Redpanda on one machine. It pulls its image and reads its password, and may do nothing else.
resource "google_service_account" "broker" {
  account_id   = "${local.name}-broker"
  description  = "pulls its image, reads its password"
  display_name = "Tallyhouse broker"
  project      = var.project_id
}

# The value is put in by hand: what Terraform makes, its state shows.
resource "google_secret_manager_secret" "broker_password" {
  deletion_protection = !var.ephemeral
  project             = var.project_id
  secret_id           = "${local.name}-broker-password"

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.api]
}

resource "google_secret_manager_secret_iam_member" "broker" {
  member    = google_service_account.broker.member
  project   = var.project_id
  role      = "roles/secretmanager.secretAccessor"
  secret_id = google_secret_manager_secret.broker_password.secret_id
}

# Apart from the machine, so that the log outlives it.
resource "google_compute_disk" "log" {
  deletion_policy = var.ephemeral ? "DELETE" : "PREVENT"
  name            = "${local.name}-log"
  project         = var.project_id
  size            = 100
  type            = "pd-balanced"
  zone            = local.zone

  depends_on = [google_project_service.api]
}

resource "google_compute_instance" "broker" {
  count = var.image_tag == null ? 0 : 1

  allow_stopping_for_update = true
  deletion_protection       = !var.ephemeral
  machine_type              = var.broker_machine_type
  name                      = "${local.name}-broker"
  project                   = var.project_id
  zone                      = local.zone

  metadata = {
    block-project-ssh-keys = "true"
    enable-oslogin         = "true"
    user-data = templatefile("${path.module}/broker.yaml.tftpl", {
      image  = "${google_artifact_registry_repository.images.registry_uri}/broker:${var.image_tag}"
      secret = google_secret_manager_secret.broker_password.id
    })
  }

  attached_disk {
    device_name = "log"
    source      = google_compute_disk.log.id
  }

  boot_disk {
    initialize_params {
      image = "projects/cos-cloud/global/images/family/cos-stable"
      size  = 20
    }
  }

  network_interface {
    network_ip = local.broker_ip
    subnetwork = google_compute_subnetwork.subnet.id
  }

  service_account {
    email  = google_service_account.broker.email
    scopes = ["cloud-platform"]
  }

  shielded_instance_config {
    enable_integrity_monitoring = true
    enable_secure_boot          = true
    enable_vtpm                 = true
  }
}
