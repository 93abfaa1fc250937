variable "billing_account" {
  description = "Billing account that pays for the project."
  type        = string
}

variable "budget_amount" {
  description = "Budget of a month, whole units of the billing account's currency."
  type        = number
}

variable "daily_query_gib" {
  description = "GiB that all queries of the project may read in a day."
  type        = number
}

variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "project_id" {
  description = "Project that is guarded."
  type        = string
}
