variable "impersonators" {
  description = "Who may act as the accounts, as members of an IAM policy."
  type        = set(string)
}

variable "prefix" {
  description = "Beginning of every account's name."
  type        = string
}

variable "project_id" {
  description = "Project of the accounts."
  type        = string
}
