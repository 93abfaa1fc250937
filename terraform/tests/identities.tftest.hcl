mock_provider "google" {}

variables {
  impersonators = []
  prefix        = "tally_house"
  project_id    = "tallyhouse-test"
}

run "accounts" {
  command = plan

  module {
    source = "./modules/identities"
  }

  assert {
    condition     = [for account in google_service_account.stage : account.account_id] == ["tally-house-dashboard", "tally-house-ingest", "tally-house-spark", "tally-house-transform"]
    error_message = "accounts are not one a stage"
  }

  assert {
    condition     = toset([for grant in google_project_iam_member.job_user : grant.role]) == toset(["roles/bigquery.jobUser"])
    error_message = "an account has another right on the whole project than to ask"
  }

  assert {
    condition     = length(google_service_account_iam_member.impersonator) == 0
    error_message = "somebody may act as an account unasked"
  }
}

run "impersonation" {
  command = plan

  module {
    source = "./modules/identities"
  }

  variables {
    impersonators = ["user:deployer@example.org", "group:night@example.org"]
  }

  assert {
    condition     = length(google_service_account_iam_member.impersonator) == 8
    error_message = "not everybody who was named may act as every account"
  }
}
