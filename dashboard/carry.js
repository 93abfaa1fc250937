// Links in markup are plain addresses: on its way, a click takes along what the reader carries.
(() => {
  if (window.__carries) return;
  window.__carries = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".th a[href]");
    if (!link || link.origin !== location.origin) return;
    const to = new URL(link.href), here = new URLSearchParams(location.search);
    for (const name of CARRIED)
      if (here.has(name) && !to.searchParams.has(name)) to.searchParams.set(name, here.get(name));
    link.href = to.href;
  }, true);
})();
