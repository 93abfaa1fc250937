# What each may read and write is granted where it lies: by the modules warehouse and lake.
locals {
  stages = {
    dashboard = "reads marts"
    ingest    = "reads topics, writes raw"
    spark     = "reads topics, writes lake and analytics"
    transform = "reads raw and analytics, writes marts"
  }
}

resource "google_service_account" "stage" {
  for_each = local.stages

  account_id   = "${replace(var.prefix, "_", "-")}-${each.key}"
  description  = each.value
  display_name = "Tallyhouse ${each.key}"
  project      = var.project_id
}
