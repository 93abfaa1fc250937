output "emails" {
  description = "Mail address of each stage's account, by stage."
  value       = { for stage, account in google_service_account.stage : stage => account.email }
}
