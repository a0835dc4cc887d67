"""Every message that comes in or goes out, typed once; the API documents are made from them."""
