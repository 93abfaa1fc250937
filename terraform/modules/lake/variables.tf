variable "bucket" {
  description = "Name of the bucket."
  type        = string
}

variable "ephemeral_days" {
  description = "Days after which a file is deleted; null protects everything from deletion."
  type        = number
}

variable "location" {
  description = "Region of the bucket."
  type        = string
}

variable "project_id" {
  description = "Project of the bucket."
  type        = string
}

variable "writers" {
  description = "Mail addresses of the accounts that read and write files, by stage."
  type        = map(string)
}
