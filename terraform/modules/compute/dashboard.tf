data "google_project" "project" {
  project_id = var.project_id
}

# Whoever opens the link signs in with Google first; without a viewer it opens for nobody.
resource "google_cloud_run_v2_service" "dashboard" {
  count = var.image_tag == null ? 0 : 1

  deletion_protection = !var.ephemeral
  iap_enabled         = true
  ingress             = "INGRESS_TRAFFIC_ALL"
  location            = var.region
  name                = "${local.name}-dashboard"
  project             = var.project_id

  template {
    service_account = var.dashboard_email
    # Streamlit talks to a page by one long request, and keeps its state in one process.
    session_affinity = true
    timeout          = "3600s"

    containers {
      image = "${google_artifact_registry_repository.images.registry_uri}/dashboard:${var.image_tag}"

      # As docker-compose.yml starts it: the image has no command of its own.
      command = ["python"]
      args = [
        "-m", "streamlit", "run", "dashboard/app.py",
        "--server.address=0.0.0.0", "--server.port=8501", "--server.headless=true",
        "--server.fileWatcherType=none", "--browser.gatherUsageStats=false",
      ]

      ports {
        container_port = 8501
      }

      env {
        name  = "GCP_PROJECT_ID"
        value = var.project_id
      }

      env {
        name  = "BIGQUERY_DATASET_PREFIX"
        value = trimsuffix(var.datasets["marts"], "marts")
      }

      env {
        name  = "BIGQUERY_LOCATION"
        value = var.region
      }

      env {
        name  = "STORAGE_PREFERENCE"
        value = "GCP"
      }

      resources {
        limits = { cpu = "1", memory = "1Gi" }
      }
    }

    scaling {
      max_instance_count = 3
      min_instance_count = 0
    }
  }
}

resource "google_cloud_run_v2_service_iam_member" "proxy" {
  count = var.image_tag == null ? 0 : 1

  location = var.region
  member   = "serviceAccount:service-${data.google_project.project.number}@gcp-sa-iap.iam.gserviceaccount.com"
  name     = google_cloud_run_v2_service.dashboard[0].name
  project  = var.project_id
  role     = "roles/run.invoker"
}

resource "google_iap_web_cloud_run_service_iam_member" "viewer" {
  for_each = var.image_tag == null ? [] : var.dashboard_viewers

  cloud_run_service_name = google_cloud_run_v2_service.dashboard[0].name
  location               = var.region
  member                 = each.key
  project                = var.project_id
  role                   = "roles/iap.httpsResourceAccessor"
}
