provider "google" {
  project        = var.project_id
  region         = var.region
  default_labels = local.labels

  # Budgets and quotas ask which project pays for the question itself; nothing else needs the
  # right that this takes.
  billing_project       = var.with_guard ? var.project_id : null
  user_project_override = var.with_guard
}
