/** DuckDB's type names, grouped by what a column of that type can be read as. */
const integers = 'U?(TINYINT|SMALLINT|INTEGER|BIGINT)';
const numbers = `${integers}|U?HUGEINT|FLOAT|DOUBLE|DECIMAL.*|BOOLEAN`;

export const numberType = new RegExp(`^(${numbers})$`);
/** Whole numbers that fit 64 bits; true and false count as 1 and 0. */
export const integerType = new RegExp(`^(${integers}|BOOLEAN)$`);
/** Whole numbers of any size, such as the sum of others; those that exceed 64 bits do not convert. */
export const wideIntegerType = new RegExp(`^(${integers}|U?HUGEINT|BOOLEAN)$`);
export const stringType = /^(VARCHAR|ENUM.*|UUID)$/;
export const timeType = /^(TIMESTAMP.*|DATE)$/;
