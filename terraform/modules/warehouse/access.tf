# Who may do what, dataset by dataset. READER and WRITER are BigQuery's own names of Data Viewer and
# Data Editor on a dataset: the API answers with them, whatever it was asked.
locals {
  grants = {
    dashboard = { READER = ["marts", "published"] }
    ingest    = { WRITER = ["raw", "raw_staging"] }
    spark     = { WRITER = ["analytics"] }
    transform = {
      READER = ["analytics", "ops", "raw"]
      WRITER = ["intermediate", "marts", "published", "staging"]
    }
  }

  dataset_grants = merge([
    for identity, roles in local.grants : merge([
      for role, datasets in roles : {
        for dataset in datasets : "${identity} ${role} ${dataset}" => {
          dataset = dataset, identity = identity, role = role
        }
      }
    ]...) if contains(keys(var.identities), identity)
  ]...)

  # The dataset ops is a copy. Spark writes what must agree with the live tables; dbt's stage carries
  # over from PostgreSQL what marts read of the rest.
  table_writers = {
    spark = ["ops/batches", "ops/projections", "ops/tallied"]
    transform = [
      "ops/batches", "ops/dbt_runs", "ops/editions", "ops/election_clock", "ops/landed", "ops/nights",
      "ops/produced", "ops/stage_status",
    ]
  }

  table_grants = merge([
    for identity, tables in local.table_writers : {
      for table in tables : "${identity} ${table}" => { identity = identity, table = table }
    } if contains(keys(var.identities), identity)
  ]...)
}

# Never google_bigquery_dataset_iam_*: it takes away what views.tf grants to views.
resource "google_bigquery_dataset_access" "identity" {
  for_each = local.dataset_grants

  dataset_id    = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  project       = var.project_id
  role          = each.value.role
  user_by_email = var.identities[each.value.identity]
}

resource "google_bigquery_table_iam_member" "identity" {
  for_each = local.table_grants

  dataset_id = google_bigquery_table.table[each.value.table].dataset_id
  member     = "serviceAccount:${var.identities[each.value.identity]}"
  project    = var.project_id
  role       = "roles/bigquery.dataEditor"
  table_id   = google_bigquery_table.table[each.value.table].table_id
}
