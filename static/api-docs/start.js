// @ts-check
// Shows /openapi.json. In a file of its own, because the page's policy allows no script inside it.
const night = matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", night.matches);
night.addEventListener("change", dress);
dress();

/** @type {any} */ (window).SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null, // it would send the document's address to somebody else's server
});
