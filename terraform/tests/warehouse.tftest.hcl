mock_provider "google" {}

variables {
  ephemeral_days = null
  identities     = {}
  location       = "europe-west2"
  prefix         = "tallyhouse"
  project_id     = "tallyhouse-test"
  raw_kept_days  = null
}

run "kept" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  assert {
    condition     = alltrue([for table in google_bigquery_table.table : table.deletion_protection])
    error_message = "a table is not protected from deletion"
  }

  assert {
    condition = alltrue([for dataset in google_bigquery_dataset.dataset :
      dataset.deletion_policy == "PREVENT" && !dataset.delete_contents_on_destroy && dataset.default_table_expiration_ms == null
    ])
    error_message = "a dataset is not protected from deletion, or its tables expire"
  }

  assert {
    condition     = alltrue([for dataset in google_bigquery_dataset.dataset : dataset.default_partition_expiration_ms == null])
    error_message = "days of the poll expire: a replay would vanish as it is written"
  }

  assert {
    condition     = google_bigquery_table.table["raw/votes"].time_partitioning[0].field == "landed_at" && google_bigquery_table.table["raw/votes"].time_partitioning[0].expiration_ms == null
    error_message = "raw is not partitioned by the day of landing, or expires unasked"
  }

  assert {
    condition     = google_bigquery_table.table["analytics/candidate_totals"].time_partitioning[0].field == "polling_date" && google_bigquery_table.table["analytics/candidate_totals"].time_partitioning[0].type == "DAY"
    error_message = "live tables are not partitioned by the day of the poll"
  }

  assert {
    condition     = google_bigquery_table.table["analytics/candidate_totals"].clustering == tolist(["region_id", "constituency_id"])
    error_message = "live tables are not clustered as declared"
  }

  assert {
    condition     = length(google_bigquery_table.table["ops/nights"].time_partitioning) == 0
    error_message = "a table of a row a night is partitioned"
  }

  assert {
    condition     = length(google_bigquery_dataset_access.identity) + length(google_bigquery_table_iam_member.identity) == 0
    error_message = "rights are granted to accounts that are not made"
  }
}

run "some_days" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  variables {
    ephemeral_days = 7
  }

  assert {
    condition     = alltrue([for table in google_bigquery_table.table : !table.deletion_protection])
    error_message = "a table of some days is protected from deletion"
  }

  assert {
    condition = alltrue([for dataset in google_bigquery_dataset.dataset :
      dataset.deletion_policy == "DELETE" && dataset.delete_contents_on_destroy && dataset.default_table_expiration_ms == 604800000
    ])
    error_message = "a dataset of some days cannot be deleted, or does not expire"
  }
}

run "raw_kept_for_a_while" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  variables {
    raw_kept_days = 90
  }

  assert {
    condition = alltrue([for key, table in google_bigquery_table.table :
      startswith(key, "raw/") ? table.time_partitioning[0].expiration_ms == 7776000000
      : length(table.time_partitioning) == 0 || try(table.time_partitioning[0].expiration_ms, null) == null
    ])
    error_message = "not raw, or not raw alone, expires"
  }
}

run "granted" {
  command = plan

  module {
    source = "./modules/warehouse"
  }

  variables {
    identities = {
      dashboard = "dashboard@example.org"
      ingest    = "ingest@example.org"
      spark     = "spark@example.org"
      transform = "transform@example.org"
    }
  }

  assert {
    condition = [for grant in google_bigquery_dataset_access.identity : "${grant.role} ${grant.dataset_id}" if grant.user_by_email == "dashboard@example.org"] == [
      "READER tallyhouse_marts",
      "READER tallyhouse_published",
    ]
    error_message = "the dashboard may do something else than read marts and their editions"
  }

  assert {
    condition     = toset([for grant in google_bigquery_dataset_access.identity : grant.role]) == toset(["READER", "WRITER"])
    error_message = "somebody owns a dataset"
  }

  assert {
    condition     = toset([for grant in google_bigquery_dataset_access.identity : grant.user_by_email if grant.dataset_id == "tallyhouse_ops" && grant.role == "WRITER"]) == toset([])
    error_message = "somebody writes all of ops, which is a copy"
  }

  assert {
    condition = toset([for grant in google_bigquery_table_iam_member.identity : grant.table_id if grant.member == "serviceAccount:spark@example.org"]) == toset([
      "batches", "projections", "tallied",
    ])
    error_message = "Spark writes other tables of ops than those that agree with the live tables"
  }

  assert {
    condition = toset([for grant in google_bigquery_table_iam_member.identity : grant.table_id if grant.member == "serviceAccount:transform@example.org"]) == toset([
      "batches", "dbt_runs", "editions", "election_clock", "landed", "nights", "produced", "stage_status",
    ])
    error_message = "dbt writes other tables of ops than it carries over"
  }

  assert {
    condition = toset([for grant in google_bigquery_dataset_access.views : grant.dataset_id]) == toset([
      "tallyhouse_analytics", "tallyhouse_ops", "tallyhouse_staging",
    ])
    error_message = "views are let in elsewhere than below the live marts"
  }
}
