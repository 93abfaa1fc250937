locals {
  labels = {
    application = "tallyhouse"
    deployment  = replace(var.prefix, "_", "-")
  }

  # Keys are known before anything is made, addresses are not.
  identities = var.with_identities ? module.identities[0].emails : {}
}

module "warehouse" {
  source = "./modules/warehouse"

  ephemeral_days = var.ephemeral ? var.ephemeral_days : null
  identities     = local.identities
  location       = var.region
  prefix         = var.prefix
  project_id     = var.project_id
  raw_kept_days  = var.raw_kept_days
}

module "lake" {
  source = "./modules/lake"

  bucket         = coalesce(var.lake_bucket, "${var.project_id}-${replace(var.prefix, "_", "-")}-lake")
  ephemeral_days = var.ephemeral ? var.ephemeral_days : null
  location       = var.region
  project_id     = var.project_id
  writers        = { for name, email in local.identities : name => email if name == "spark" }
}

module "identities" {
  source = "./modules/identities"
  count  = var.with_identities ? 1 : 0

  impersonators = var.impersonators
  prefix        = var.prefix
  project_id    = var.project_id
}

module "compute" {
  source = "./modules/compute"
  count  = var.with_compute ? 1 : 0

  broker_machine_type = var.broker_machine_type
  dashboard_email     = local.identities["dashboard"]
  dashboard_viewers   = var.dashboard_viewers
  datasets            = module.warehouse.datasets
  ephemeral           = var.ephemeral
  image_tag           = var.image_tag
  lake_bucket         = module.lake.bucket
  prefix              = var.prefix
  project_id          = var.project_id
  region              = var.region
  spark_email         = local.identities["spark"]
}

module "guard" {
  source = "./modules/guard"
  count  = var.with_guard ? 1 : 0

  billing_account = var.billing_account
  budget_amount   = var.budget_amount
  daily_query_gib = var.daily_query_gib
  prefix          = var.prefix
  project_id      = var.project_id
}
