/* Names that resolve to what a test says, for whatever in this program asks the C library: libcurl too. */
#ifndef HTTP_NAMES_H
#define HTTP_NAMES_H

/* What NAME.test resolves to, one question after the other: "127.0.0.1", or several addresses with commas, "-" for no
   address, "?" for a resolver that gives no answer until names_forget. The last one stays. Ends with NULL; borrowed. */
void names_set(const char *name, const char *const *answers);
void names_forget(void);
/* How often a name was asked for. */
unsigned names_asked(void);

#endif
