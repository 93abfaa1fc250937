mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

run "limits" {
  command = plan

  module {
    source = "./modules/guard"
  }

  variables {
    billing_account = "012345-6789AB-CDEF01"
    budget_amount   = 50
    daily_query_gib = 100
    prefix          = "tallyhouse"
    project_id      = "tallyhouse-test"
  }

  assert {
    condition     = google_cloud_quotas_quota_preference.daily_queries.quota_config[0].preferred_value == "102400"
    error_message = "the daily limit is not what was asked, in MiB"
  }

  assert {
    condition     = google_billing_budget.month.amount[0].specified_amount[0].units == "50" && google_billing_budget.month.budget_filter[0].projects == toset(["projects/123456789012"])
    error_message = "the budget is another amount, or not of this project"
  }

  assert {
    condition     = [for rule in google_billing_budget.month.threshold_rules : rule.threshold_percent] == [0.5, 0.9, 1, 1]
    error_message = "the budget warns at other shares"
  }
}
