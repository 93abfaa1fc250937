# rights.json is read here for the output and by `python -m cloud rights`, which asks the project
# beforehand and names what is missing.
locals {
  rights = jsondecode(file("${path.module}/rights.json"))

  switches = {
    default    = true
    identities = var.with_identities
    compute    = var.with_compute
    guard      = var.with_guard
  }
}
