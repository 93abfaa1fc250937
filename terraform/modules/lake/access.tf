resource "google_storage_bucket_iam_member" "writer" {
  for_each = var.writers

  bucket = google_storage_bucket.lake.name
  member = "serviceAccount:${each.value}"
  role   = "roles/storage.objectUser"
}
