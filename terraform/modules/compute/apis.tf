# They stay on when this is destroyed: something else in the project may have come to need them.
resource "google_project_service" "api" {
  for_each = toset([
    "artifactregistry.googleapis.com",
    "compute.googleapis.com",
    "dataproc.googleapis.com",
    "dataprocrm.googleapis.com",
    "iap.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
  ])

  disable_on_destroy = false
  project            = var.project_id
  service            = each.key
}
