"""`make bench`: the speed table of the product, measured on this machine and written down."""
