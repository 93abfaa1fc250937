mock_provider "google" {}

variables {
  project_id = "tallyhouse-test"
}

run "defaults" {
  command = plan

  assert {
    condition     = length(module.identities) + length(module.compute) + length(module.guard) == 0
    error_message = "without switches, something else than warehouse and lake is made"
  }

  assert {
    condition     = module.warehouse.datasets["raw"] == "tallyhouse_raw" && length(module.warehouse.datasets) == 8
    error_message = "datasets are not the schemas with the prefix"
  }

  assert {
    condition     = output.lake_path == "gs://tallyhouse-test-tallyhouse-lake"
    error_message = "the lake is not where project and prefix say"
  }

  assert {
    condition = toset([for right in output.required_rights : right.role]) == toset([
      "roles/bigquery.dataEditor", "roles/bigquery.jobUser", "roles/storage.admin",
    ])
    error_message = "the defaults need other rights than the three that are promised"
  }

  assert {
    condition     = output.dashboard_url == null && output.broker_address == null && length(output.identities) == 0
    error_message = "something that is not made has an address"
  }

  assert {
    condition     = keys(output.console_links) == ["analytics", "intermediate", "lake", "marts", "ops", "published", "raw", "raw_staging", "staging"]
    error_message = "links lead to what is not made, or are missing"
  }
}
