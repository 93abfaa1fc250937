# Batches are submitted by `make spark-submit`, and run in this network, as this account. The live count
# is none of them: it needs PostgreSQL, which is not made here.
locals {
  spark_tag = "${local.name}-spark"
}

# Dataproc asks for this role on the project, and the role opens every bucket of it: the condition
# closes all but the lake, and says yes wherever storage is not asked.
resource "google_project_iam_member" "spark_worker" {
  member  = "serviceAccount:${var.spark_email}"
  project = var.project_id
  role    = "roles/dataproc.worker"

  condition {
    title       = "the lake alone"
    description = "Of storage, only ${var.lake_bucket}"
    expression = join(" || ", [
      "(resource.type != 'storage.googleapis.com/Bucket' && resource.type != 'storage.googleapis.com/Object')",
      "resource.name == 'projects/_/buckets/${var.lake_bucket}'",
      "resource.name.startsWith('projects/_/buckets/${var.lake_bucket}/')",
    ])
  }
}
