mock_provider "google" {}

variables {
  bucket         = "tallyhouse-test-lake"
  ephemeral_days = null
  location       = "europe-west2"
  project_id     = "tallyhouse-test"
  writers        = { spark = "spark@example.org" }
}

run "kept" {
  command = plan

  module {
    source = "./modules/lake"
  }

  assert {
    condition     = google_storage_bucket.lake.public_access_prevention == "enforced" && google_storage_bucket.lake.uniform_bucket_level_access
    error_message = "the lake can be made public"
  }

  assert {
    condition     = google_storage_bucket.lake.deletion_policy == "PREVENT" && !google_storage_bucket.lake.force_destroy
    error_message = "the lake is not protected from deletion"
  }

  assert {
    condition     = [for rule in google_storage_bucket.lake.lifecycle_rule : one(rule.action).type] == ["AbortIncompleteMultipartUpload"]
    error_message = "files of the lake are deleted by age, or broken uploads stay"
  }

  assert {
    condition     = google_storage_bucket_iam_member.writer["spark"].role == "roles/storage.objectUser"
    error_message = "spark may do more, or less, than read and write files"
  }
}

run "some_days" {
  command = plan

  module {
    source = "./modules/lake"
  }

  variables {
    ephemeral_days = 7
    writers        = {}
  }

  assert {
    condition     = google_storage_bucket.lake.deletion_policy == "DELETE" && google_storage_bucket.lake.force_destroy
    error_message = "a lake of some days cannot be deleted"
  }

  assert {
    condition     = [for rule in google_storage_bucket.lake.lifecycle_rule : one(rule.condition).age if one(rule.action).type == "Delete"] == [7]
    error_message = "files of some days are not deleted"
  }

  assert {
    condition     = length(google_storage_bucket_iam_member.writer) == 0
    error_message = "somebody is granted something unasked"
  }
}
