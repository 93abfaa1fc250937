# They stay on when this is destroyed: something else in the project may have come to need them.
resource "google_project_service" "api" {
  for_each = toset(["billingbudgets.googleapis.com", "cloudquotas.googleapis.com"])

  disable_on_destroy = false
  project            = var.project_id
  service            = each.key
}
