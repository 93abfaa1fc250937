"""What the cloud is made from: files that Terraform reads, and rights that a deployer needs."""
