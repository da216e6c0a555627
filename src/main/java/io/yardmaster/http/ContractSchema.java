package io.yardmaster.http;

import com.networknt.schema.Schema;
import java.util.Map;

/**
 * A schema of the contract, ready to check with.
 *
 * @param rules what each pattern means in words, by the pattern
 */
record ContractSchema(Schema schema, Map<String, String> rules) {}
