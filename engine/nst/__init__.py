"""Neural style transfer (Gatys, Ecker and Bethge 2015): losses, parametrisation, optimisers."""
