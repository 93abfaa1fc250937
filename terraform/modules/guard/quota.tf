# BigQuery counts in MiB, and refuses whatever goes beyond until midnight in California. Lowering a
# limit by much is held back as a likely mistake unless the check is named.
resource "google_cloud_quotas_quota_preference" "daily_queries" {
  ignore_safety_checks = "QUOTA_DECREASE_PERCENTAGE_TOO_HIGH"
  name                 = "${replace(var.prefix, "_", "-")}-daily-queries"
  parent               = "projects/${var.project_id}"
  quota_id             = "QueryUsagePerDay"
  service              = "bigquery.googleapis.com"

  quota_config {
    preferred_value = tostring(var.daily_query_gib * 1024)
  }

  depends_on = [google_project_service.api]
}
