# Cloud Run pulls as the project's own agent; the others as themselves.
locals {
  image_readers = {
    broker = google_service_account.broker.email
    spark  = var.spark_email
  }
}

resource "google_artifact_registry_repository" "images" {
  description   = "Images of broker, Spark and dashboard"
  format        = "DOCKER"
  location      = var.region
  project       = var.project_id
  repository_id = local.name

  docker_config {
    immutable_tags = true
  }

  depends_on = [google_project_service.api]
}

resource "google_artifact_registry_repository_iam_member" "reader" {
  for_each = local.image_readers

  location   = google_artifact_registry_repository.images.location
  member     = "serviceAccount:${each.value}"
  project    = var.project_id
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.reader"
}
