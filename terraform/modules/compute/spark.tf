locals {
  spark_tag = "${local.name}-spark"

  # What the stage reads beside what the night sets.
  spark_environment = merge({
    KAFKA_BOOTSTRAP_SERVERS = local.broker_address
    LAKE_PATH               = "gs://${var.lake_bucket}/${lookup(var.night_environment, "NIGHT_ID", "")}"
    SPARK_MASTER            = "given" # Dataproc's own, not the stage's default of this machine alone
  }, var.night_environment)
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

# One night's live count. Another night is another batch.
resource "google_dataproc_batch" "count" {
  count = length(var.night_environment) == 0 ? 0 : 1

  batch_id = substr("${local.name}-${lower(replace(var.night_environment["NIGHT_ID"], "/[^0-9A-Za-z]/", "-"))}", 0, 63)
  location = var.region
  project  = var.project_id

  pyspark_batch {
    args                 = []
    main_python_file_uri = "file:///opt/tallyhouse/spark/__main__.py"
  }

  runtime_config {
    container_image = "${google_artifact_registry_repository.images.registry_uri}/spark:${var.image_tag}"
    properties = merge(
      { "spark.dynamicAllocation.enabled" = "false", "spark.executor.instances" = "2" },
      { for name, value in local.spark_environment : "spark.dataproc.driverEnv.${name}" => value },
      { for name, value in local.spark_environment : "spark.executorEnv.${name}" => value },
    )
    version = "3.0"
  }

  environment_config {
    execution_config {
      network_tags    = [local.spark_tag]
      service_account = var.spark_email
      staging_bucket  = var.lake_bucket
      subnetwork_uri  = google_compute_subnetwork.subnet.name
      ttl             = "172800s"
    }
  }

  depends_on = [google_project_iam_member.spark_worker]
}
