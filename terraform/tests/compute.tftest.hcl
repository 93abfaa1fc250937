mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  broker_machine_type = "e2-standard-2"
  dashboard_email     = "dashboard@example.org"
  dashboard_viewers   = []
  datasets            = { marts = "tallyhouse_marts" }
  ephemeral           = false
  image_tag           = null
  lake_bucket         = "tallyhouse-test-lake"
  prefix              = "tallyhouse"
  project_id          = "tallyhouse-test"
  region              = "europe-west2"
  spark_email         = "spark@example.org"
}

run "before_images" {
  command = plan

  module {
    source = "./modules/compute"
  }

  assert {
    condition     = length(google_compute_instance.broker) + length(google_cloud_run_v2_service.dashboard) == 0
    error_message = "something runs before there are images"
  }
}

run "running" {
  command = plan

  module {
    source = "./modules/compute"
  }

  variables {
    dashboard_viewers = ["group:results@example.org"]
    image_tag         = "0.1.0"
  }

  assert {
    condition     = length(google_compute_instance.broker[0].network_interface[0].access_config) == 0
    error_message = "the broker has an address on the internet"
  }

  assert {
    condition     = google_compute_instance.broker[0].deletion_protection && google_cloud_run_v2_service.dashboard[0].deletion_protection && google_compute_disk.log.deletion_policy == "PREVENT"
    error_message = "broker, log or dashboard is not protected from deletion"
  }

  assert {
    condition     = google_cloud_run_v2_service.dashboard[0].iap_enabled && google_cloud_run_v2_service.dashboard[0].template[0].service_account == "dashboard@example.org"
    error_message = "the dashboard opens without signing in, or runs as somebody else"
  }

  assert {
    condition     = keys(google_iap_web_cloud_run_service_iam_member.viewer) == ["group:results@example.org"]
    error_message = "somebody else than the named viewers may open the dashboard"
  }

  assert {
    condition     = google_cloud_run_v2_service.dashboard[0].template[0].containers[0].ports[0].container_port == 8501
    error_message = "Cloud Run asks another port than Streamlit listens on"
  }

  assert {
    condition     = output.spark_network.tag == "tallyhouse-spark"
    error_message = "Spark's batches would not reach one another"
  }

  assert {
    condition     = strcontains(google_project_iam_member.spark_worker.condition[0].expression, "projects/_/buckets/tallyhouse-test-lake/")
    error_message = "the worker's role opens other buckets than the lake"
  }

  assert {
    condition     = google_compute_firewall.broker.source_ranges == toset([google_compute_subnetwork.subnet.ip_cidr_range])
    error_message = "the broker is reached from outside its subnet"
  }
}

run "some_days" {
  command = plan

  module {
    source = "./modules/compute"
  }

  variables {
    ephemeral = true
    image_tag = "0.1.0"
  }

  assert {
    condition     = !google_compute_instance.broker[0].deletion_protection && !google_cloud_run_v2_service.dashboard[0].deletion_protection && google_compute_disk.log.deletion_policy == "DELETE"
    error_message = "broker, log or dashboard of some days cannot be deleted"
  }

  assert {
    condition     = length(google_iap_web_cloud_run_service_iam_member.viewer) == 0
    error_message = "somebody may open the dashboard unasked"
  }
}
