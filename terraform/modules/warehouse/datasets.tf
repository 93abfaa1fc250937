locals {
  ephemeral = var.ephemeral_days != null
  day_ms    = 24 * 60 * 60 * 1000

  # Written from election/bigquery.py by `make terraform-files`.
  datasets = jsondecode(file("${path.module}/datasets.json"))
}

resource "google_bigquery_dataset" "dataset" {
  for_each = local.datasets

  dataset_id  = "${var.prefix}_${each.key}"
  description = each.value
  location    = var.location
  project     = var.project_id

  # Whole tables expire and never partitions: those of analytics are days of the poll, and a replay
  # of 2017 would be gone the moment it is written.
  default_table_expiration_ms = local.ephemeral ? var.ephemeral_days * local.day_ms : null
  delete_contents_on_destroy  = local.ephemeral
  deletion_policy             = local.ephemeral ? "DELETE" : "PREVENT"
  max_time_travel_hours       = local.ephemeral ? "48" : "168"
}
