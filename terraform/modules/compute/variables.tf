variable "broker_machine_type" {
  description = "Machine type of the broker's virtual machine."
  type        = string
}

variable "dashboard_email" {
  description = "Mail address of the dashboard's account."
  type        = string
}

variable "dashboard_viewers" {
  description = "Who may open the dashboard, as members of an IAM policy."
  type        = set(string)
}

variable "datasets" {
  description = "Dataset of each schema, by the schema's name."
  type        = map(string)
}

variable "ephemeral" {
  description = "Protect nothing from deletion."
  type        = bool
}

variable "image_tag" {
  description = "Tag of the images to run; null runs nothing."
  type        = string
}

variable "lake_bucket" {
  description = "Name of the lake's bucket."
  type        = string
}

variable "prefix" {
  description = "Beginning of every name."
  type        = string
}

variable "project_id" {
  description = "Project that everything runs in."
  type        = string
}

variable "region" {
  description = "Region that everything runs in."
  type        = string
}

variable "spark_email" {
  description = "Mail address of Spark's account."
  type        = string
}
