# The one right that BigQuery grants on a whole project and on nothing smaller: to ask. It shows no
# data; what an answer may be made of is granted dataset by dataset.
resource "google_project_iam_member" "job_user" {
  for_each = google_service_account.stage

  member  = each.value.member
  project = var.project_id
  role    = "roles/bigquery.jobUser"
}
