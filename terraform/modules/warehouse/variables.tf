variable "ephemeral_days" {
  description = "Days after which a table is deleted; null protects everything from deletion."
  type        = number
}

variable "identities" {
  description = "Mail address of each stage's account, by stage; empty grants nothing."
  type        = map(string)
}

variable "location" {
  description = "Region of the datasets."
  type        = string
}

variable "prefix" {
  description = "Beginning of every dataset's name."
  type        = string
}

variable "project_id" {
  description = "Project of the datasets."
  type        = string
}

variable "raw_kept_days" {
  description = "Days that a day of raw is kept; null keeps all."
  type        = number
}
