"""One module a page; each has `render()`, which `dashboard/app.py` routes to."""
