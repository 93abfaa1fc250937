# Copied to backend_override.tf, this takes the place of the bucket: for demos, on one machine.
terraform {
  backend "local" {
    path = "terraform.tfstate"
  }
}
