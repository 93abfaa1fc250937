output "broker_address" {
  description = "Address of the broker inside the network, or null."
  value       = one(module.compute[*].broker_address)
}

output "console_links" {
  description = "Where to look at what was made, by name."
  value = merge(
    { for schema, dataset in module.warehouse.datasets : schema =>
      "https://console.cloud.google.com/bigquery?project=${var.project_id}&p=${var.project_id}&d=${dataset}&page=dataset"
    },
    { lake = "https://console.cloud.google.com/storage/browser/${module.lake.bucket}?project=${var.project_id}" },
    var.with_identities ? { identities = "https://console.cloud.google.com/iam-admin/serviceaccounts?project=${var.project_id}" } : {},
    var.with_compute ? { dashboard = "https://console.cloud.google.com/run?project=${var.project_id}" } : {},
    var.with_guard ? { guard = "https://console.cloud.google.com/billing/${var.billing_account}/budgets" } : {},
  )
}

output "dashboard_url" {
  description = "Address of the dashboard, or null."
  value       = one(module.compute[*].dashboard_url)
}

output "datasets" {
  description = "Dataset of each schema, by the schema's name."
  value       = module.warehouse.datasets
}

output "identities" {
  description = "Mail address of each stage's account, by stage; empty without with_identities."
  value       = local.identities
}

output "image_repository" {
  description = "Where images are pushed to, or null."
  value       = one(module.compute[*].image_repository)
}

output "lake_bucket" {
  description = "Name of the lake's bucket."
  value       = module.lake.bucket
}

output "lake_path" {
  description = "What LAKE_PATH begins with."
  value       = "gs://${module.lake.bucket}"
}

output "required_rights" {
  description = "Rights that this deployment takes, by role: for which switch, on project or billing account, which permissions."
  value = flatten([
    for switch, rights in local.rights : [
      for right in rights : {
        switch      = switch
        on          = right.on
        role        = right.role
        permissions = right.permissions
      }
    ] if local.switches[switch]
  ])
}

output "spark_network" {
  description = "Subnetwork and network tag of Spark's batches, or null."
  value       = one(module.compute[*].spark_network)
}

output "tables" {
  description = "Every declared table, as dataset.table."
  value       = module.warehouse.tables
}
