# In the place of keys: whoever may act as an account gets tokens that end within the hour.
locals {
  impersonations = {
    for pair in setproduct(keys(google_service_account.stage), var.impersonators) :
    "${pair[0]} by ${pair[1]}" => { member = pair[1], stage = pair[0] }
  }
}

resource "google_service_account_iam_member" "impersonator" {
  for_each = local.impersonations

  member             = each.value.member
  role               = "roles/iam.serviceAccountTokenCreator"
  service_account_id = google_service_account.stage[each.value.stage].name
}
