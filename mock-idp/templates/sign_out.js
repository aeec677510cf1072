(function () {
  var link = null;
  var loaded = 0;
  function go() {
    location.replace(link.href);
  }
  document.addEventListener("DOMContentLoaded", function () {
    link = document.getElementById("continue");
    setTimeout(go, Number(link.dataset.seconds) * 1000);
    count();
  });
  function count() {
    if (link && loaded >= document.getElementsByTagName("iframe").length) {
      go();
    }
  }
  document.addEventListener("load", function (event) {
    var frame = event.target;
    if (frame.tagName === "IFRAME" && !frame.dataset.loaded) {
      frame.dataset.loaded = "yes";
      loaded += 1;
      count();
    }
  }, true);
})();
