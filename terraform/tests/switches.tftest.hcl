mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id = "tallyhouse-test"
}

run "identities" {
  command = plan

  variables {
    impersonators   = ["user:deployer@example.org"]
    with_identities = true
  }

  assert {
    condition     = keys(output.identities) == tolist(["dashboard", "ingest", "spark", "transform"])
    error_message = "stages and accounts do not match"
  }

  assert {
    condition     = length(module.compute) + length(module.guard) == 0
    error_message = "identities bring something else with them"
  }

  assert {
    condition     = contains(output.required_rights[*].role, "roles/iam.serviceAccountAdmin")
    error_message = "the right to make accounts is not named"
  }
}

run "guard" {
  command = plan

  variables {
    billing_account = "012345-6789AB-CDEF01"
    with_guard      = true
  }

  assert {
    condition     = length(module.guard) == 1 && length(module.identities) + length(module.compute) == 0
    error_message = "the guard is not made, or brings something else with it"
  }

  assert {
    condition     = one([for right in output.required_rights : right.role if right.on == "billing account"]) == "roles/billing.costsManager"
    error_message = "the right on the billing account is not named"
  }
}

run "compute_before_images" {
  command = plan

  variables {
    with_compute    = true
    with_identities = true
  }

  assert {
    condition     = output.broker_address == null && output.dashboard_url == null
    error_message = "something runs before there are images"
  }
}

# The plan of this run is what tests/terraform looks for faults in: everything that can be made.
run "everything" {
  command = plan

  variables {
    billing_account   = "012345-6789AB-CDEF01"
    dashboard_viewers = ["group:results@example.org"]
    image_tag         = "0.1.0"
    impersonators     = ["user:deployer@example.org"]
    raw_kept_days     = 90
    with_compute      = true
    with_guard        = true
    with_identities   = true
  }

  assert {
    condition     = length(module.identities) == 1 && length(module.compute) == 1 && length(module.guard) == 1
    error_message = "a switch makes nothing"
  }

  assert {
    condition     = length(output.console_links) == 12
    error_message = "a link to what was made is missing"
  }
}

run "everything_for_some_days" {
  command = plan

  variables {
    billing_account = "012345-6789AB-CDEF01"
    ephemeral       = true
    image_tag       = "0.1.0"
    with_compute    = true
    with_guard      = true
    with_identities = true
  }

  assert {
    condition     = length(module.compute) == 1
    error_message = "a deployment for some days lacks compute"
  }
}
