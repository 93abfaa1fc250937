variable "billing_account" {
  description = "Billing account that pays for the project, as 012345-6789AB-CDEF01. The budget is set on it."
  type        = string
  default     = null

  validation {
    condition     = var.billing_account == null || can(regex("^[0-9A-F]{6}(-[0-9A-F]{6}){2}$", var.billing_account))
    error_message = "billing_account must be three groups of six capital hexadecimal digits, for example 012345-6789AB-CDEF01."
  }
}

variable "broker_machine_type" {
  description = "Machine type of the broker's virtual machine."
  type        = string
  default     = "e2-standard-2"

  validation {
    condition     = can(regex("^[a-z][0-9a-z]*-[a-z]+(-[0-9]+)?$", var.broker_machine_type))
    error_message = "broker_machine_type must be a machine type of Compute Engine, for example e2-standard-2."
  }
}

variable "budget_amount" {
  description = "Budget of a month, whole units of the billing account's currency. It warns, it stops nothing."
  type        = number
  default     = 50

  validation {
    condition     = var.budget_amount >= 1 && floor(var.budget_amount) == var.budget_amount
    error_message = "budget_amount must be a whole number of at least 1, in the billing account's currency."
  }
}

variable "daily_query_gib" {
  description = "GiB that all queries of the project may read in a day; BigQuery refuses the query that goes beyond."
  type        = number
  default     = 100

  validation {
    condition     = var.daily_query_gib >= 1 && floor(var.daily_query_gib) == var.daily_query_gib
    error_message = "daily_query_gib must be a whole number of GiB of at least 1."
  }
}

variable "dashboard_viewers" {
  description = "Who may open the dashboard, as user:, group:, domain: or serviceAccount: members. Nobody by default."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.dashboard_viewers : can(regex("^(user|group|domain|serviceAccount):[^:*\\s]+$", member))])
    error_message = "dashboard_viewers must be named as user:, group:, domain: or serviceAccount: members; a dashboard for everybody on the internet is not made."
  }
}

variable "ephemeral" {
  description = "A deployment for some days: nothing is protected from deletion, and everything expires by itself."
  type        = bool
  default     = false
}

variable "ephemeral_days" {
  description = "Days after which tables and files of an ephemeral deployment are deleted."
  type        = number
  default     = 7

  validation {
    condition     = var.ephemeral_days >= 1 && var.ephemeral_days <= 60 && floor(var.ephemeral_days) == var.ephemeral_days
    error_message = "ephemeral_days must be a whole number of days from 1 to 60."
  }
}

variable "image_tag" {
  description = "Tag of the images pushed to the repository; null makes the repository and the network, and nothing that runs."
  type        = string
  default     = null

  validation {
    condition     = var.image_tag == null || can(regex("^[0-9A-Za-z_][0-9A-Za-z_.-]{0,127}$", var.image_tag)) && var.image_tag != "latest"
    error_message = "image_tag must be a tag that stays where it is, for example 0.1.0; latest is none."
  }
}

variable "impersonators" {
  description = "Who may act as the identities from elsewhere, instead of holding keys, as user:, group: or serviceAccount: members."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.impersonators : can(regex("^(user|group|serviceAccount):[^:*\\s]+@[^:*\\s]+$", member))])
    error_message = "impersonators must be named one by one as user:, group: or serviceAccount: members."
  }
}

variable "lake_bucket" {
  description = "Name of the lake's bucket; null makes one from project and prefix."
  type        = string
  default     = null

  validation {
    condition     = var.lake_bucket == null || can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.lake_bucket))
    error_message = "lake_bucket must be 3 to 63 lower-case letters, digits, - or _, beginning and ending with a letter or digit."
  }
}

variable "prefix" {
  description = "Beginning of every name: datasets are tallyhouse_raw and so on. Two deployments in a project differ in it."
  type        = string
  default     = "tallyhouse"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{1,17}$", var.prefix)) && !endswith(var.prefix, "_")
    error_message = "prefix must be 2 to 18 lower-case letters, digits or _, beginning with a letter and not ending with _."
  }
}

variable "project_id" {
  description = "Project that everything is made in. It must exist; the guard's quota holds for all of it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id must be the id of a project, 6 to 30 lower-case letters, digits or -, and neither its name nor its number."
  }
}

variable "raw_kept_days" {
  description = "Days that a day of raw is kept; null keeps all. What is gone cannot be counted again from raw."
  type        = number
  default     = null

  validation {
    condition     = var.raw_kept_days == null || try(var.raw_kept_days >= 7 && floor(var.raw_kept_days) == var.raw_kept_days, false)
    error_message = "raw_kept_days must be a whole number of days of at least 7, the time that the topics keep messages."
  }
}

variable "region" {
  description = "Region of datasets, lake and compute: all in one, as none reads another region's data."
  type        = string
  default     = "europe-west2"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]{1,2}$", var.region))
    error_message = "region must be a region, for example europe-west2, and neither a zone nor a multi-region."
  }
}

variable "with_compute" {
  description = "Makes network, image repository, broker, Spark and dashboard."
  type        = bool
  default     = false

  validation {
    condition     = !var.with_compute || var.with_identities
    error_message = "with_compute needs with_identities: nothing runs as the project's default account."
  }
}

variable "with_guard" {
  description = "Sets a budget and a daily limit on what queries read."
  type        = bool
  default     = false

  validation {
    condition     = !var.with_guard || var.billing_account != null
    error_message = "with_guard needs billing_account: a budget is set on the account that pays."
  }
}

variable "with_identities" {
  description = "Makes an account for each stage: ingest, transform, dashboard and spark. Without them the deployer's own account does all."
  type        = bool
  default     = false
}
