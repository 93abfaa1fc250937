output "datasets" {
  description = "Dataset of each schema, by the schema's name."
  value       = { for schema, dataset in google_bigquery_dataset.dataset : schema => dataset.dataset_id }
}

output "tables" {
  description = "Every declared table, as dataset.table."
  value       = [for table in google_bigquery_table.table : "${table.dataset_id}.${table.table_id}"]
}
