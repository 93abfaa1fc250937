# Bucket and prefix are given at `terraform init`, from a file that backends/gcs.tfbackend shows.
# For a demo, backends/local.tf copied to backend_override.tf keeps the state in this folder.
terraform {
  backend "gcs" {}
}
