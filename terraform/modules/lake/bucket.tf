locals {
  ephemeral = var.ephemeral_days != null
}

# No versioning: Delta keeps its own history, and vacuum is what ends it. A deletion by mistake is
# undone for a week.
resource "google_storage_bucket" "lake" {
  deletion_policy             = local.ephemeral ? "DELETE" : "PREVENT"
  force_destroy               = local.ephemeral
  location                    = var.location
  name                        = var.bucket
  project                     = var.project_id
  public_access_prevention    = "enforced"
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true

  soft_delete_policy {
    retention_duration_seconds = local.ephemeral ? 0 : 7 * 24 * 60 * 60
  }

  lifecycle_rule {
    action {
      type = "AbortIncompleteMultipartUpload"
    }

    condition {
      age = 1
    }
  }

  dynamic "lifecycle_rule" {
    for_each = var.ephemeral_days[*]

    content {
      action {
        type = "Delete"
      }

      condition {
        age = lifecycle_rule.value
      }
    }
  }
}
