# It writes to the billing account's administrators at a half, at nine tenths and at the whole, and
# once more when the month is forecast to go beyond. It stops nothing; quota.tf does.
data "google_project" "project" {
  project_id = var.project_id
}

resource "google_billing_budget" "month" {
  billing_account = var.billing_account
  display_name    = "${var.prefix} in ${var.project_id}"

  amount {
    specified_amount {
      units = tostring(var.budget_amount)
    }
  }

  budget_filter {
    calendar_period = "MONTH"
    projects        = ["projects/${data.google_project.project.number}"]
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]

    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules {
    spend_basis       = "FORECASTED_SPEND"
    threshold_percent = 1.0
  }

  depends_on = [google_project_service.api]
}
