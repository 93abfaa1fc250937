# Live marts are views over staging's views over analytics and ops. BigQuery lets a view read what
# its reader may not only if the view's dataset is let in, hop by hop; so whoever reads marts needs
# no right on what lies below. Raw lets nobody in: no live mart reads it.
locals {
  views_let_in = {
    "marts into staging"     = { reads = "staging", views = "marts" }
    "staging into analytics" = { reads = "analytics", views = "staging" }
    "staging into ops"       = { reads = "ops", views = "staging" }
  }
}

resource "google_bigquery_dataset_access" "views" {
  for_each = local.views_let_in

  dataset_id = google_bigquery_dataset.dataset[each.value.reads].dataset_id
  project    = var.project_id

  dataset {
    target_types = ["VIEWS"]

    dataset {
      dataset_id = google_bigquery_dataset.dataset[each.value.views].dataset_id
      project_id = var.project_id
    }
  }
}
