# One file a table, written from election/tables.py by `make terraform-files`.
locals {
  tables = {
    for entry in fileset("${path.module}/tables", "*/*.json") : trimsuffix(entry, ".json") => merge(
      jsondecode(file("${path.module}/tables/${entry}")),
      { dataset = dirname(entry), name = trimsuffix(basename(entry), ".json") },
    )
  }
}

resource "google_bigquery_table" "table" {
  for_each = local.tables

  clustering               = each.value.clustering
  dataset_id               = google_bigquery_dataset.dataset[each.value.dataset].dataset_id
  deletion_protection      = !local.ephemeral
  description              = each.value.description
  project                  = var.project_id
  require_partition_filter = each.value.require_partition_filter
  schema                   = jsonencode(each.value.schema)
  table_id                 = each.value.name

  dynamic "time_partitioning" {
    for_each = each.value.partition_day[*]

    content {
      expiration_ms = each.value.dataset == "raw" && var.raw_kept_days != null ? var.raw_kept_days * local.day_ms : null
      field         = time_partitioning.value
      type          = "DAY"
    }
  }
}
