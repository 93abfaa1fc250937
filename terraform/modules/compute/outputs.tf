output "broker_address" {
  description = "Address of the broker inside the network, or null."
  value       = var.image_tag == null ? null : local.broker_address
}

output "dashboard_url" {
  description = "Address of the dashboard, or null."
  value       = one(google_cloud_run_v2_service.dashboard[*].uri)
}

output "image_repository" {
  description = "Where images are pushed to."
  value       = google_artifact_registry_repository.images.registry_uri
}

output "spark_network" {
  description = "Subnetwork and network tag of Spark's batches."
  value       = { subnetwork = google_compute_subnetwork.subnet.id, tag = local.spark_tag }
}
