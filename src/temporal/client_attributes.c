/* The search attributes of the namespace: finds which of the worker's attributes exist, and creates the missing
   ones. */
#include "temporal/client_internal.h"
#include "temporal/description.h"
#include "temporal/operation.h"
#include "temporal_api_enums.h"

static const struct operation_kind list_kind = {
    .method = OPERATOR_SERVICE "ListSearchAttributes",
    .response = &api__list_search_attributes_response__descriptor,
    .retry = &retry_never,
    .deadline_ms = 5000,
    .counts = OPERATION_COUNTS,
};
static const struct operation_kind add_kind = {
    .method = OPERATOR_SERVICE "AddSearchAttributes",
    .response = &api__add_search_attributes_response__descriptor,
    .retry = &retry_calls,
    .deadline_ms = 10000,
    .wait_for_ready = true,
    .counts = OPERATION_COUNTS,
};

/* A SQL store has columns of each type, Keyword01 to Keyword10, and the namespace has a name for each column in use. */
unsigned attributes_of_aliases(const Api__NamespaceConfig *config)
{
    unsigned found = 0;
    for (size_t i = 0; config != NULL && i < config->n_custom_search_attribute_aliases; i++) {
        const Api__NamespaceConfigCustomSearchAttributeAliasesEntry *alias = config->custom_search_attribute_aliases[i];
        struct text column = proto_text(alias->key);
        if (text_starts(column, TEXT("Keyword")) && !text_starts(column, TEXT("KeywordList")))
            found |= description_attribute(proto_text(alias->value));
    }
    return found;
}

static void listed(struct operation *operation, const struct client_result *result, const void *response)
{
    const Api__ListSearchAttributesResponse *list = response;
    struct client *client = operation->client;
    client->may_list_attributes = result->code != RPC_PERMISSION_DENIED && result->code != RPC_UNIMPLEMENTED;
    for (size_t i = 0; list != NULL && i < list->n_custom_attributes; i++)
        if (list->custom_attributes[i]->value == API_INDEXED_VALUE_TYPE_KEYWORD)
            client->attributes |= description_attribute(proto_text(list->custom_attributes[i]->key));
    activity_options_probe(operation);
}

void attributes_list(struct operation *operation)
{
    Api__ListSearchAttributesRequest request = API__LIST_SEARCH_ATTRIBUTES_REQUEST__INIT;
    request.namespace_ = proto_bytes(operation->client->namespace_);
    operation_send(operation, &list_kind, &request.base, listed);
}

size_t client_missing_attributes(const struct client *client, const char *names[])
{
    size_t count = 0;
    for (unsigned i = 0; i < DESCRIPTION_ATTRIBUTES; i++)
        if ((client->attributes & 1u << i) == 0)
            names[count++] = description_attributes[i];
    return count;
}

void client_forget_attributes(struct client *client)
{
    client->attributes = 0;
}

void client_add_attributes(struct client *client, struct arena *arena, client_done *done, void *userdata)
{
    Api__AddSearchAttributesRequestSearchAttributesEntry entries[DESCRIPTION_ATTRIBUTES],
        *items[DESCRIPTION_ATTRIBUTES];
    const char *names[DESCRIPTION_ATTRIBUTES];
    size_t count = client_missing_attributes(client, names);
    for (size_t i = 0; i < count; i++) {
        entries[i] = (Api__AddSearchAttributesRequestSearchAttributesEntry)
            API__ADD_SEARCH_ATTRIBUTES_REQUEST_SEARCH_ATTRIBUTES_ENTRY__INIT;
        entries[i].key = proto_bytes(text_from(names[i]));
        entries[i].value = API_INDEXED_VALUE_TYPE_KEYWORD;
        items[i] = &entries[i];
    }
    Api__AddSearchAttributesRequest request = API__ADD_SEARCH_ATTRIBUTES_REQUEST__INIT;
    request.namespace_ = proto_bytes(client->namespace_);
    request.search_attributes = items;
    request.n_search_attributes = count;
    struct operation *operation = operation_begin(client, arena, userdata);
    operation->done.plain = done;
    operation_send(operation, &add_kind, &request.base, operation_finish_plain);
}
